"""The deployment as shipped: what goes into the image, how it is built, and compose's commands."""
