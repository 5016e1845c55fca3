output "content" {
  description = "The flow as Amazon Connect takes it."
  value       = local.content
}
