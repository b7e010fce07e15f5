locals {
  apis = concat(
    [
      "artifactregistry.googleapis.com",
      "bigquery.googleapis.com",
      "cloudbuild.googleapis.com",
      "cloudresourcemanager.googleapis.com",
      "iam.googleapis.com",
      "iamcredentials.googleapis.com",
      "logging.googleapis.com",
      "monitoring.googleapis.com",
      "run.googleapis.com",
      "serviceusage.googleapis.com",
      "storage.googleapis.com",
    ],
    var.bigquery_functions ? ["bigqueryconnection.googleapis.com"] : [],
    var.billing_account != null ? ["billingbudgets.googleapis.com"] : [],
    var.binary_authorization ? ["binaryauthorization.googleapis.com"] : [],
    var.code_host != null ? ["sts.googleapis.com"] : [],
  )

  # The project after its APIs are enabled: every resource that uses this value waits for them.
  project = one(toset([for api in google_project_service.api : api.project]))

  project_number = var.create_project ? google_project.new[0].number : data.google_project.existing[0].number
}

# Read during the plan: tools/deploy enables the APIs that Terraform itself needs before.
data "google_project" "existing" {
  count = var.create_project ? 0 : 1

  project_id = var.project_id
}

# Without auto_create_network: to delete the default network the provider enables Compute Engine, which creates a service
# account with the editor role. Without Compute Engine there is no network.
resource "google_project" "new" {
  count = var.create_project ? 1 : 0

  project_id      = var.project_id
  name            = var.project_id
  org_id          = var.org_id
  folder_id       = var.folder_id
  billing_account = var.billing_account
  deletion_policy = var.deletion_protection ? "PREVENT" : "ABANDON" # the project stays, with its audit logs
}

resource "google_project_service" "api" {
  for_each = toset(local.apis)

  project            = var.create_project ? google_project.new[0].project_id : var.project_id
  service            = each.key
  disable_on_destroy = false
}
