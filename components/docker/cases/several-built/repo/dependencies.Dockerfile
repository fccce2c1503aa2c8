# Kept up to date for what runs in tests.
FROM postgres:18
