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

  # The project, once its APIs are on: every resource that names it waits for them.
  project = one(toset([for api in google_project_service.api : api.project]))

  project_number = var.create_project ? google_project.new[0].number : data.google_project.existing[0].number
}

# Read when a plan is made, and so without waiting for anything: what Terraform itself needs is on before (tools/deploy.py).
data "google_project" "existing" {
  count = var.create_project ? 0 : 1

  project_id = var.project_id
}

# Nothing is said of its network: there is none before the API of Compute Engine is on, and to have it taken away the
# provider switches that on, which makes an account that may edit the whole project.
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
