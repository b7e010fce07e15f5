locals {
  our_logs      = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^augure-\""
  request_lines = "${local.our_logs} AND jsonPayload.request_id:* AND jsonPayload.function:*"
  log_view      = "projects/${var.project_id}/locations/${var.region}/buckets/augure/views/_AllLogs"
}

resource "google_logging_project_bucket_config" "augure" {
  project          = local.project
  location         = var.region
  bucket_id        = "augure"
  description      = "What the functions wrote, for ${var.log_retention_days} days"
  retention_days   = var.log_retention_days
  enable_analytics = true
}

resource "google_logging_project_sink" "bucket" {
  project                = local.project
  name                   = "augure-bucket"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.augure.id}"
  filter                 = local.our_logs
  unique_writer_identity = true
}

# The lines are stored once: paid once, and deleted after log_retention_days. Log-based metrics still count them.
resource "google_logging_project_exclusion" "default" {
  project     = local.project
  name        = "augure"
  description = "The log bucket augure keeps these lines"
  filter      = local.our_logs

  depends_on = [google_logging_project_sink.bucket]
}

# BigQuery reads the bucket itself, with payloads as JSON. A sink into BigQuery would create one table for all functions
# with the column types of the first line. Types differ (`payload`: list or object; `prediction`: number or text), so it
# would refuse other rows.
resource "google_logging_linked_dataset" "augure" {
  bucket      = google_logging_project_bucket_config.augure.id
  link_id     = "augure_logs"
  description = "The lines of the log bucket augure, as BigQuery reads them"
}
