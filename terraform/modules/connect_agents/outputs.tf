output "user_ids" {
  description = "Ids of the users by name."
  value       = { for name, user in aws_connect_user.this : name => user.user_id }
}
