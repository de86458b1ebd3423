"""An AWS on this machine: moto's server and its extensions, independent of the projects that are deployed to it."""
