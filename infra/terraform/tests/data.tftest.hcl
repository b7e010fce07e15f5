# Stored data: its retention, and protection beyond the grants of grants.tftest.hcl.

mock_provider "google" {}

mock_provider "google" {
  alias = "billing"
}

variables {
  project_id       = "augure-test"
  functions_folder = "./tests/functions"
}

run "nothing_in_a_bucket_can_become_public" {
  command = plan

  assert {
    condition = alltrue([
      for bucket in [google_storage_bucket.models, google_storage_bucket.images, google_storage_bucket.builds] :
      bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access
    ])
    error_message = "An object could be made public, or have an access list of its own."
  }
}

run "nothing_is_lost_by_accident" {
  command = plan

  assert {
    condition     = !google_storage_bucket.models.force_destroy && !google_storage_bucket.images.force_destroy
    error_message = "terraform destroy would delete models or images though deletion_protection is on."
  }

  assert {
    condition     = google_storage_bucket.models.versioning[0].enabled && google_storage_bucket.models.soft_delete_policy[0].retention_duration_seconds == 604800 && length(google_storage_bucket.models.lifecycle_rule) == 1 && alltrue([for rule in google_storage_bucket.models.lifecycle_rule : alltrue([for condition in rule.condition : condition.with_state == "ARCHIVED"])])
    error_message = "A published model could be overwritten for good, or deleted by age."
  }
}

run "everything_goes_when_that_is_asked_for" {
  command = plan

  variables {
    deletion_protection = false
    create_project      = true
    billing_account     = "012345-6789AB-CDEF01"
  }

  assert {
    condition     = google_storage_bucket.models.force_destroy && google_storage_bucket.images.force_destroy && alltrue([for service in google_cloud_run_v2_service.function : !service.deletion_protection])
    error_message = "Something stays although deletion_protection is off."
  }

  assert {
    condition     = google_project.new[0].deletion_policy == "ABANDON"
    error_message = "make destroy would delete the project, or could not end: the project stays."
  }
}

run "what_people_send_is_not_kept_for_long" {
  command = plan

  variables {
    image_retention_days = 3
    log_retention_days   = 7
  }

  assert {
    condition     = one(one(google_storage_bucket.images.lifecycle_rule).condition).age == 3 && google_storage_bucket.images.soft_delete_policy[0].retention_duration_seconds == 0 && length(google_storage_bucket.images.versioning) == 0
    error_message = "Saved images outlive image_retention_days."
  }

  assert {
    condition     = google_logging_project_bucket_config.augure.retention_days == 7
    error_message = "Log lines outlive log_retention_days."
  }

  assert {
    condition     = google_logging_project_exclusion.default.filter == google_logging_project_sink.bucket.filter
    error_message = "A line is kept twice, or nowhere."
  }
}

run "bigquery_reads_the_lines_where_they_are" {
  assert {
    condition     = google_logging_linked_dataset.augure.bucket == google_logging_project_bucket_config.augure.id && google_logging_linked_dataset.augure.link_id == "augure_logs" && google_logging_project_bucket_config.augure.enable_analytics
    error_message = "The queries of docs/operations.md find no dataset, or it is not of the log bucket."
  }
}
