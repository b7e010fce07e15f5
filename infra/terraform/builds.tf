# A push to the branch builds, tests and deploys. A person connects the code host once, in a browser.
resource "google_cloudbuild_trigger" "push" {
  count = var.trigger == null ? 0 : 1

  project         = local.project
  location        = split("/", var.trigger.repository)[3]
  name            = "augure-push"
  description     = "Test, build and deploy what is pushed to ${var.trigger.branch}"
  filename        = "cloudbuild.yaml"
  service_account = "projects/${local.project}/serviceAccounts/${local.builder_email}"
  substitutions   = { _REGION = var.region }

  repository_event_config {
    repository = var.trigger.repository

    push {
      branch = "^${var.trigger.branch}$"
    }
  }
}

# For a code host whose pipeline runs `gcloud builds submit`: it authenticates with a short-lived token, without a key.
locals {
  code_hosts = {
    github = { issuer = "https://token.actions.githubusercontent.com", repository = "assertion.repository", ref = "refs/heads/", branch_only = "" }
    # GitLab's ref is a bare name, which may also be a tag's.
    gitlab = { issuer = "https://gitlab.com", repository = "assertion.project_path", ref = "", branch_only = " && assertion.ref_type == \"branch\"" }
  }
  code_host        = var.code_host == null ? null : local.code_hosts[var.code_host.name]
  code_host_pool   = one(google_iam_workload_identity_pool.code_host[*].name)
  code_host_member = var.code_host == null ? null : "principalSet://iam.googleapis.com/${local.code_host_pool}/attribute.repository/${var.code_host.repository}"
}

resource "google_iam_workload_identity_pool" "code_host" {
  count = var.code_host == null ? 0 : 1

  project                   = local.project
  workload_identity_pool_id = "augure"
  display_name              = "Augure's code host"
}

resource "google_iam_workload_identity_pool_provider" "code_host" {
  count = var.code_host == null ? 0 : 1

  project                            = local.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.code_host[0].workload_identity_pool_id
  workload_identity_pool_provider_id = var.code_host.name

  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = local.code_host.repository
    "attribute.ref"        = "assertion.ref"
  }
  # Anybody can get a token of the code host: only this repository's branch is accepted.
  attribute_condition = "attribute.repository == \"${var.code_host.repository}\" && attribute.ref == \"${local.code_host.ref}${var.code_host.branch}\"${local.code_host.branch_only}"

  oidc {
    issuer_uri = local.code_host.issuer
  }
}
