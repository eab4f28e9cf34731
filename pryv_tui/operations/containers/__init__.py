"""Programs and services in containers: wait for them, end them, start them again."""
