"""Networks that compute the same as the plain ones, in less time and memory."""
