mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "1" }
  }
}

mock_provider "google" {
  alias = "billing"
}

variables {
  project_id       = "augure-test"
  functions_folder = "./tests/functions"
}

run "a_long_name_is_cut_and_numbered" {
  command = plan
  variables {
    functions_folder = "./tests/long"
  }

  assert {
    condition     = google_cloud_run_v2_service.function["cancer_calibrated_isotonic"].name == "augure-cancer-calibrate-286409"
    error_message = "A service's name must be the one of tools/package.py."
  }
}

run "each_function_is_a_service" {
  command = plan

  assert {
    condition     = { for name, service in google_cloud_run_v2_service.function : name => "${service.name} ${service.location} ${service.ingress}" } == { guarded_model = "augure-guarded-model europe-west9 INGRESS_TRAFFIC_ALL", open_api = "augure-open-api europe-west9 INGRESS_TRAFFIC_ALL", some_app = "augure-some-app europe-west9 INGRESS_TRAFFIC_ALL" }
    error_message = "Services are not named after their functions."
  }

  assert {
    condition     = { for name, service in google_cloud_run_v2_service.function : name => service.template[0].service_account } == { guarded_model = "augure-guarded-model@augure-test.iam.gserviceaccount.com", open_api = "augure-open-api@augure-test.iam.gserviceaccount.com", some_app = "augure-some-app@augure-test.iam.gserviceaccount.com" }
    error_message = "A function does not run as its own account."
  }

  assert {
    condition     = alltrue([for service in google_cloud_run_v2_service.function : service.deletion_protection && service.invoker_iam_disabled != true])
    error_message = "A service can be deleted by accident, or called without its callers being asked who they are."
  }

  assert {
    condition     = alltrue([for service in google_cloud_run_v2_service.function : service.template[0].containers[0].image == "us-docker.pkg.dev/cloudrun/container/hello"])
    error_message = "The first apply needs an image that exists before any build."
  }
}

run "settings_of_function_yaml" {
  command = plan

  assert {
    condition = {
      for name, service in google_cloud_run_v2_service.function : name => {
        for env in service.template[0].containers[0].env : env.name => env.value
      }
      } == {
      guarded_model = {
        GOOGLE_CLOUD_PROJECT  = "augure-test"
        MAX_ROWS              = "10"
        MODEL_REFRESH_SECONDS = "60"
        MODEL_URI             = "gs://augure-test-augure-models/guarded_model"
        SAVED_IMAGES_URI      = "gs://augure-test-augure-images/guarded_model"
        SERVICE_URLS          = "guarded_model=https://augure-guarded-model-1.europe-west9.run.app open_api=https://augure-open-api-1.europe-west9.run.app some_app=https://augure-some-app-1.europe-west9.run.app"
      }
      open_api = {
        BOOKS_URI            = "gs://town-library/2026/books.json"
        GOOGLE_CLOUD_PROJECT = "augure-test"
        SERVICE_URLS         = "guarded_model=https://augure-guarded-model-1.europe-west9.run.app open_api=https://augure-open-api-1.europe-west9.run.app some_app=https://augure-some-app-1.europe-west9.run.app"
      }
      some_app = {
        GOOGLE_CLOUD_PROJECT = "augure-test"
        JOURNAL              = "cloud"
        LOGGING_VIEW         = "projects/augure-test/locations/europe-west9/buckets/augure/views/_AllLogs"
        MODELS_BUCKET        = "gs://augure-test-augure-models"
      }
    }
    error_message = "Settings are not those of function.yaml and of the deployment."
  }

  assert {
    condition     = { for name, service in google_cloud_run_v2_service.function : name => [service.scaling[0].min_instance_count, service.template[0].scaling[0].max_instance_count] } == { guarded_model = [1, 5], open_api = [0, 5], some_app = [0, 5] }
    error_message = "Instances are not those of function.yaml, or its defaults."
  }

  assert {
    condition = alltrue([
      for service in google_cloud_run_v2_service.function :
      service.template[0].containers[0].resources[0].limits == tomap({ cpu = "1", memory = "512Mi" })
      && service.template[0].containers[0].resources[0].cpu_idle
      && service.template[0].containers[0].resources[0].startup_cpu_boost
      && service.template[0].max_instance_request_concurrency == 8
      && service.template[0].timeout == "30s"
    ])
    error_message = "Resources are not the defaults of function.yaml."
  }

  assert {
    condition     = { for name, service in google_cloud_run_v2_service.function : name => service.template[0].session_affinity } == { guarded_model = false, open_api = false, some_app = true }
    error_message = "A user of an app could be sent to an instance without their session."
  }

  assert {
    condition = alltrue([
      for service in google_cloud_run_v2_service.function :
      service.template[0].containers[0].startup_probe[0].tcp_socket[0].port == service.template[0].containers[0].ports[0].container_port
      && service.template[0].containers[0].liveness_probe[0].http_get[0].path == "/health/live"
    ])
    error_message = "Probes use another port or path than the function."
  }
}

run "the_repository_s_own_functions" {
  command = plan

  variables {
    functions_folder = null
  }

  assert {
    condition     = length(google_cloud_run_v2_service.function) == length(fileset("../../functions", "*/function.yaml")) && length(google_cloud_run_v2_service.function) >= 3
    error_message = "A function of the repository has no service."
  }

  assert {
    condition     = output.images["predict_digit"] == "europe-west9-docker.pkg.dev/augure-test/augure/predict_digit" && output.services["predict_digit"] == "augure-predict-digit"
    error_message = "Cloud Build would push or deploy elsewhere."
  }

  assert {
    condition     = [for what in keys(google_storage_bucket_iam_member.bucket) : what if endswith(what, "writes its images")] == ["predict_digit writes its images"]
    error_message = "Only the function that keeps pictures may write any."
  }
}

run "invalid_function_yaml" {
  command = plan

  variables {
    functions_folder = "./tests/faulty"
  }

  expect_failures = [
    google_cloud_run_v2_service.function["Name_with_a_capital"],
    google_cloud_run_v2_service.function["few_instances"],
    google_cloud_run_v2_service.function["taken_setting"],
    google_cloud_run_v2_service.function["unknown_key"],
    google_cloud_run_v2_service.function["unknown_kind"],
  ]
}
