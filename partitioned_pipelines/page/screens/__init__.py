"""The pages one by one: each module turns the read model into what its template prints."""
