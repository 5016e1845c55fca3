# Who may take on which role. Subjects are compared as they are, but for GitLab's merge requests, whose subject names
# the branch they come from.
locals {
  github_subject = "repo:${var.github.repository}"
  gitlab_subject = "project_path:${var.gitlab.project}:ref_type:branch:ref"

  github_environment = coalesce(var.github.environment, var.environment)

  subjects = {
    plan = {
      github = { operator = "StringEquals", subject = ["${local.github_subject}:pull_request"] }
      gitlab = { operator = "StringLike", subject = ["${local.gitlab_subject}:*"] }
    }
    drift = {
      github = { operator = "StringEquals", subject = ["${local.github_subject}:ref:refs/heads/${var.github.branch}", "${local.github_subject}:environment:${local.github_environment}-plan"] }
      gitlab = { operator = "StringEquals", subject = ["${local.gitlab_subject}:${var.gitlab.branch}"] }
    }
    apply = {
      github = { operator = "StringEquals", subject = ["${local.github_subject}:environment:${local.github_environment}"] }
      gitlab = { operator = "StringEquals", subject = ["${local.gitlab_subject}:${var.gitlab.branch}"] }
    }
  }

  trust = {
    for role, by_issuer in local.subjects : role => jsonencode({
      Version = "2012-10-17"
      Statement = [
        for name, host in local.issuers : {
          Sid       = name == "github" ? "GitHub" : "GitLab"
          Effect    = "Allow"
          Principal = { Federated = local.provider_arns[name] }
          Action    = "sts:AssumeRoleWithWebIdentity"
          Condition = {
            for operator in toset(["StringEquals", by_issuer[name].operator]) : operator => merge(
              operator == "StringEquals" ? { "${host}:aud" = local.audience } : {},
              operator == by_issuer[name].operator ? { "${host}:sub" = by_issuer[name].subject } : {},
            )
          }
        }
      ]
    })
  }

  has_pipeline = length(local.issuers) > 0
}
