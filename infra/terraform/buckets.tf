locals {
  day_seconds = 24 * 60 * 60
}

resource "google_storage_bucket" "models" {
  project                     = local.project
  name                        = "${var.project_id}-augure-models"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  # After a promotion, earlier versions of current.json can still be read.
  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 90
      with_state                 = "ARCHIVED"
    }
  }

  soft_delete_policy {
    retention_duration_seconds = 7 * local.day_seconds
  }
}

resource "google_storage_bucket" "images" {
  project                     = local.project
  name                        = "${var.project_id}-augure-images"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.image_retention_days
    }
  }

  # A deleted drawing is gone at once.
  soft_delete_policy {
    retention_duration_seconds = 0
  }
}

resource "google_storage_bucket" "builds" {
  project                     = local.project
  name                        = "${var.project_id}-augure-builds"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # holds only uploads of `gcloud builds submit`

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 7
    }
  }

  soft_delete_policy {
    retention_duration_seconds = 0
  }
}
