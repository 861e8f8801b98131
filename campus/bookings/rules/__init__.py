"""What may be booked: the policy of a resource and what follows from it, all pure."""
