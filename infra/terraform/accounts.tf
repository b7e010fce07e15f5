# One account a function, and one that builds and deploys. No key is ever made for any of them.

resource "google_service_account" "function" {
  for_each = local.services

  project      = local.project
  account_id   = each.value
  display_name = "Augure: what ${each.key} runs as"
}

resource "google_service_account" "builder" {
  project      = local.project
  account_id   = "augure-builder"
  display_name = "Augure: what Cloud Build runs as"
}

# Addresses by name, so that a plan shows who is granted what before an account exists.
locals {
  function_emails = {
    for name, account in google_service_account.function :
    name => "${account.account_id}@${var.project_id}.iam.gserviceaccount.com"
  }
  function_members = { for name, email in local.function_emails : name => "serviceAccount:${email}" }
  builder_email    = "${google_service_account.builder.account_id}@${var.project_id}.iam.gserviceaccount.com"
  builder_member   = "serviceAccount:${local.builder_email}"
}
