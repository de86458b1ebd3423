"""The typed model of pipeline files and of deployment.yaml."""
