locals {
  # Responds 200 to everything. Serves until Cloud Build deploys a function's first image.
  placeholder_image = "us-docker.pkg.dev/cloudrun/container/hello"
}

resource "google_cloud_run_v2_service" "function" {
  for_each = local.functions

  project             = local.project
  name                = local.services[each.key]
  location            = var.region
  ingress             = var.ingress
  deletion_protection = var.deletion_protection

  labels = {
    function = each.key
  }

  # On the service, not on the revision: a tagged revision without traffic then keeps no instance.
  scaling {
    min_instance_count = each.value.min_instances
  }

  template {
    service_account                  = local.function_emails[each.key]
    timeout                          = "${each.value.timeout_seconds}s"
    max_instance_request_concurrency = each.value.concurrency
    # An app keeps a session in the memory of one instance.
    session_affinity = each.value.kind == "app"

    scaling {
      max_instance_count = each.value.max_instances
    }

    containers {
      image = local.placeholder_image

      ports {
        container_port = 8080
      }

      resources {
        limits = {
          cpu    = tostring(each.value.cpu)
          memory = each.value.memory
        }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = local.env[each.key]

        content {
          name  = env.key
          value = env.value
        }
      }

      # Cloud Run's default, without a delay: the port opens once the model is verified and warm. An HTTP probe runs once
      # a second at most, which is longer than the whole start (docs/adr/0007).
      startup_probe {
        timeout_seconds   = 240
        period_seconds    = 240
        failure_threshold = 1

        tcp_socket {
          port = 8080
        }
      }

      liveness_probe {
        timeout_seconds   = 5
        period_seconds    = 30
        failure_threshold = 3

        http_get {
          path = "/health/live"
        }
      }
    }
  }

  dynamic "binary_authorization" {
    for_each = var.binary_authorization ? [true] : []

    content {
      use_default = true
    }
  }

  lifecycle {
    # Set by Cloud Build when it deploys: the image, the name and version of its gcloud, and a label.
    ignore_changes = [client, client_version, template[0].containers[0].image, template[0].labels]

    precondition {
      condition     = length(setsubtract(keys(each.value), keys(local.function_defaults))) == 0
      error_message = "${each.key}/function.yaml: unknown key: ${join(", ", setsubtract(keys(each.value), keys(local.function_defaults)))}."
    }
    precondition {
      condition     = contains(["api", "app", "model"], each.value.kind)
      error_message = "${each.key}/function.yaml: kind: expected: api, app or model, got: ${each.value.kind}."
    }
    precondition {
      condition     = length(setintersection(keys(each.value.env), keys(local.deployed_env[each.key]))) == 0
      error_message = "${each.key}/function.yaml: env: the deployment gives ${join(", ", setintersection(keys(each.value.env), keys(local.deployed_env[each.key])))} itself."
    }
    precondition {
      condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", local.services[each.key]))
      error_message = "functions/${each.key}: ${local.services[each.key]} is the name of a service account: lower-case letters, digits and _."
    }
    precondition {
      condition     = each.value.min_instances <= each.value.max_instances
      error_message = "${each.key}/function.yaml: min_instances is above max_instances."
    }
  }

  # An instance reads its model when it starts, so it needs this grant.
  depends_on = [google_storage_bucket_iam_member.bucket]
}
