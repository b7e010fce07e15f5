# Every validation refuses a value.

mock_provider "google" {}

mock_provider "google" {
  alias = "billing"
}

variables {
  project_id       = "augure-test"
  functions_folder = "./tests/functions"
}

run "invalid_values" {
  command = plan

  variables {
    alert_emails          = ["ada"]
    alert_error_percent   = 0
    alert_latency_ms      = 1
    billing_account       = "1234"
    code_host             = { repository = "augure" }
    folder_id             = "augure"
    image_retention_days  = 0.5
    ingress               = "ALL"
    invokers              = { open_api = ["allUsers"] }
    log_retention_days    = 0
    model_refresh_seconds = -1
    monthly_budget        = 0
    project_id            = "Augure"
    region                = "EU"
    trigger               = { repository = "ada/augure" }
  }

  expect_failures = [
    var.alert_emails,
    var.alert_error_percent,
    var.alert_latency_ms,
    var.billing_account,
    var.code_host,
    var.folder_id,
    var.image_retention_days,
    var.ingress,
    var.invokers,
    var.log_retention_days,
    var.model_refresh_seconds,
    var.monthly_budget,
    var.project_id,
    var.region,
    var.trigger,
  ]
}

run "conflicting_values" {
  command = plan

  variables {
    alert_error_percent  = 100
    code_host            = { name = "sourcehut", repository = "ada/augure" }
    create_project       = true
    folder_id            = "1"
    org_id               = "2"
    image_retention_days = 0
    invokers             = { nobody = ["user:ada@example.org"] }
    log_retention_days   = 4000
    monthly_budget       = 1.5
    trigger              = { repository = "projects/p/locations/l/connections/c/repositories/r", branch = "ma in" }
  }

  expect_failures = [
    var.alert_error_percent,
    var.code_host,
    var.create_project,
    var.folder_id,
    var.image_retention_days,
    var.invokers,
    var.log_retention_days,
    var.monthly_budget,
    var.trigger,
  ]
}

run "harmful_values" {
  command = plan

  variables {
    code_host        = { repository = "ada/augure", branch = "main\" || true" }
    functions_folder = "./tests"
    org_id           = "augure"
  }

  expect_failures = [
    var.code_host,
    var.functions_folder,
    var.org_id,
  ]
}
