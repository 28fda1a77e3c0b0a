"""E-mail: written, kept as rows, and handed to the mail server by a worker."""
