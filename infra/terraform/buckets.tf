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

  # What current.json pointed to can be found again after a promotion.
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

  # What people drew is gone when it is deleted.
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
  force_destroy               = true # only what `gcloud builds submit` uploaded

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
