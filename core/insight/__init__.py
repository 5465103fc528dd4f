"""A look inside: what a recurrent model remembers, how its gates move, what surprises it."""
