"""What the commands of backfills share: planning, starting, listing, following and stopping them."""
