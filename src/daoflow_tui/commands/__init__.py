"""What an operator can do: one class an action."""
