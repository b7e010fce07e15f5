locals {
  our_logs      = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^augure-\""
  request_lines = "${local.our_logs} AND jsonPayload.request_id:* AND jsonPayload.function:*"
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

# In one place only: paid once, and kept no longer than asked. Log-based metrics count these lines all the same.
resource "google_logging_project_exclusion" "default" {
  project     = local.project
  name        = "augure"
  description = "The log bucket augure keeps these lines"
  filter      = local.our_logs

  depends_on = [google_logging_project_sink.bucket]
}

resource "google_bigquery_dataset" "requests" {
  project                         = local.project
  location                        = var.region
  dataset_id                      = "augure_requests"
  description                     = "One row a prediction request"
  default_partition_expiration_ms = var.log_retention_days * local.day_seconds * 1000
  delete_contents_on_destroy      = !var.deletion_protection
}

resource "google_logging_project_sink" "requests" {
  project                = local.project
  name                   = "augure-requests"
  destination            = "bigquery.googleapis.com/projects/${local.project}/datasets/${google_bigquery_dataset.requests.dataset_id}"
  filter                 = local.request_lines
  unique_writer_identity = true

  bigquery_options {
    use_partitioned_tables = true
  }
}
