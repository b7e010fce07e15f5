# One service account per function, and one that builds and deploys. None of them has a key.

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

# Addresses are computed from names, so that a plan shows all grants before an account exists.
locals {
  function_emails = {
    for name, account in google_service_account.function :
    name => "${account.account_id}@${var.project_id}.iam.gserviceaccount.com"
  }
  function_members = { for name, email in local.function_emails : name => "serviceAccount:${email}" }
  builder_email    = "${google_service_account.builder.account_id}@${var.project_id}.iam.gserviceaccount.com"
  builder_member   = "serviceAccount:${local.builder_email}"
}
