# SELECT augure.predire(TO_JSON(row)) FROM ...: the model endpoints as functions of SQL.
locals {
  bigquery_models = { for name, function in local.models : name => function if var.bigquery_functions }
  bigquery_member = var.bigquery_functions ? "serviceAccount:${google_bigquery_connection.functions[0].cloud_resource[0].service_account_id}" : null
}

resource "google_bigquery_connection" "functions" {
  count = var.bigquery_functions ? 1 : 0

  project       = local.project
  location      = var.region
  connection_id = "augure"
  description   = "Calls the model endpoints"

  cloud_resource {}
}

resource "google_bigquery_dataset" "functions" {
  count = var.bigquery_functions ? 1 : 0

  project                    = local.project
  location                   = var.region
  dataset_id                 = "augure"
  description                = "One remote function a model endpoint"
  delete_contents_on_destroy = !var.deletion_protection
}

resource "google_bigquery_routine" "model" {
  for_each = local.bigquery_models

  project         = local.project
  dataset_id      = google_bigquery_dataset.functions[0].dataset_id
  routine_id      = each.key
  routine_type    = "SCALAR_FUNCTION"
  description     = "What POST /bigquery of ${local.services[each.key]} answers to one row, as JSON"
  definition_body = ""
  return_type     = jsonencode({ typeKind = "JSON" })

  arguments {
    name      = "row"
    data_type = jsonencode({ typeKind = "JSON" })
  }

  remote_function_options {
    connection           = google_bigquery_connection.functions[0].name
    endpoint             = "${google_cloud_run_v2_service.function[each.key].uri}/bigquery"
    max_batching_rows    = "100"
    user_defined_context = {}
  }

  # BigQuery checks its permission on the endpoint when it creates the function.
  depends_on = [google_cloud_run_v2_service_iam_member.service]
}
