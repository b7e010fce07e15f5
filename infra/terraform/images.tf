locals {
  registry = "${var.region}-docker.pkg.dev/${local.project}/${google_artifact_registry_repository.images.repository_id}"
}

resource "google_artifact_registry_repository" "images" {
  project       = local.project
  location      = var.region
  repository_id = "augure"
  description   = "One image a function"
  format        = "DOCKER"

  # KEEP wins over DELETE. Cloud Run has its own copy of the images that serve.
  cleanup_policies {
    id     = "keep-the-last"
    action = "KEEP"

    # About seven deployments: each pushes an index, an image, its provenance and the cache.
    most_recent_versions {
      keep_count = 30
    }
  }

  cleanup_policies {
    id     = "delete-after-a-month"
    action = "DELETE"

    condition {
      tag_state  = "ANY"
      older_than = "${30 * local.day_seconds}s"
    }
  }
}

# Only images of the project's own registry may run, and only the builder can push to it.
resource "google_binary_authorization_policy" "own_registry" {
  count = var.binary_authorization ? 1 : 0

  project                       = local.project
  global_policy_evaluation_mode = "ENABLE"

  dynamic "admission_whitelist_patterns" {
    for_each = ["${local.placeholder_image}*", "${local.registry}/*"] # Cloud Run checks by digest: NAME@sha256:...

    content {
      name_pattern = admission_whitelist_patterns.value
    }
  }

  default_admission_rule {
    evaluation_mode  = "ALWAYS_DENY"
    enforcement_mode = "ENFORCED_BLOCK_AND_AUDIT_LOG"
  }
}
