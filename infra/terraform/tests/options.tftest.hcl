mock_provider "google" {
  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/1/locations/global/workloadIdentityPools/augure" }
  }
  mock_resource "google_project" {
    defaults = { number = "1" }
  }
  mock_data "google_project" {
    defaults = { number = "2" }
  }
}

mock_provider "google" {
  alias = "billing"
}

variables {
  project_id       = "augure-test"
  functions_folder = "./tests/functions"
}

run "an_existing_project_and_nothing_else" {
  command = plan

  assert {
    condition     = length(google_project.new) == 0 && length(google_billing_budget.month) == 0 && length(google_cloudbuild_trigger.push) == 0 && length(google_iam_workload_identity_pool.code_host) == 0 && length(google_binary_authorization_policy.own_registry) == 0 && length(google_bigquery_connection.functions) == 0 && length(google_monitoring_notification_channel.email) == 0
    error_message = "An option is on by default."
  }

  assert {
    condition     = alltrue([for service in google_cloud_run_v2_service.function : length(service.binary_authorization) == 0])
    error_message = "Binary Authorization is on by default."
  }
}

run "all_of_them" {
  variables {
    alert_emails         = ["ada@example.org"]
    bigquery_functions   = true
    billing_account      = "012345-6789AB-CDEF01"
    binary_authorization = true
    code_host            = { repository = "ada/augure" }
    create_project       = true
    monthly_budget       = 25
    org_id               = "123"
    trigger              = { repository = "projects/augure-test/locations/europe-west1/connections/host/repositories/augure", branch = "prod" }
  }

  override_resource {
    target = google_cloud_run_v2_service.function["guarded_model"]
    values = { uri = "https://guarded.example" }
  }

  assert {
    condition     = google_project.new[0].org_id == "123" && google_project.new[0].billing_account == "012345-6789AB-CDEF01" && google_project.new[0].deletion_policy == "PREVENT" && google_project.new[0].auto_create_network != false
    error_message = "The created project is not the one that was asked for, is not protected, or has Compute Engine's account, an editor of everything."
  }

  assert {
    condition     = google_billing_budget.month[0].amount[0].specified_amount[0].units == "25" && google_billing_budget.month[0].budget_filter[0].projects == toset(["projects/1"]) && length(google_billing_budget.month[0].all_updates_rule[0].monitoring_notification_channels) == 1
    error_message = "The budget does not watch this project, or has no channel."
  }

  assert {
    condition     = one([for env in google_cloud_run_v2_service.function["open_api"].template[0].containers[0].env : env.value if env.name == "SERVICE_URLS"]) == "guarded_model=https://augure-guarded-model-1.europe-west9.run.app open_api=https://augure-open-api-1.europe-west9.run.app some_app=https://augure-some-app-1.europe-west9.run.app"
    error_message = "Pages do not link to the services of the created project."
  }

  assert {
    condition     = google_cloudbuild_trigger.push[0].service_account == output.builder && google_cloudbuild_trigger.push[0].location == "europe-west1" && google_cloudbuild_trigger.push[0].repository_event_config[0].push[0].branch == "^prod$" && google_cloudbuild_trigger.push[0].filename == "cloudbuild.yaml" && google_cloudbuild_trigger.push[0].substitutions["_REGION"] == "europe-west9"
    error_message = "The trigger does not build the branch as the builder, in the region of the repository's connection."
  }

  assert {
    condition     = toset(google_binary_authorization_policy.own_registry[0].admission_whitelist_patterns[*].name_pattern) == toset(["us-docker.pkg.dev/cloudrun/container/hello*", "europe-west9-docker.pkg.dev/augure-test/augure/*"]) && google_binary_authorization_policy.own_registry[0].default_admission_rule[0].evaluation_mode == "ALWAYS_DENY" && alltrue([for service in google_cloud_run_v2_service.function : service.binary_authorization[0].use_default])
    error_message = "Other images than the registry's may run."
  }

  assert {
    condition     = keys(google_bigquery_routine.model) == ["guarded_model"] && google_bigquery_routine.model["guarded_model"].remote_function_options[0].endpoint == "https://guarded.example/bigquery" && output.bigquery_functions == { guarded_model = "augure.guarded_model" }
    error_message = "BigQuery does not call the models, or calls a function without a model."
  }

  assert {
    condition     = output.code_host_provider == google_iam_workload_identity_pool_provider.code_host[0].name
    error_message = "The pipeline is not told which provider to name."
  }

  assert {
    condition     = alltrue([for policy in [google_monitoring_alert_policy.failures, google_monitoring_alert_policy.latency, google_monitoring_alert_policy.fallback] : length(policy.notification_channels) == 1])
    error_message = "An alert has no channel."
  }

  assert {
    condition     = length(setsubtract(["bigqueryconnection.googleapis.com", "billingbudgets.googleapis.com", "binaryauthorization.googleapis.com", "sts.googleapis.com"], keys(google_project_service.api))) == 0 && alltrue([for api in google_project_service.api : !api.disable_on_destroy])
    error_message = "An API is not enabled, or would be disabled for others."
  }
}

run "a_budget_without_addresses" {
  command = plan

  variables {
    billing_account = "012345-6789AB-CDEF01"
  }

  assert {
    condition     = length(google_billing_budget.month) == 1 && length(google_billing_budget.month[0].all_updates_rule) == 0
    error_message = "Google drops a rule without channels, and every plan would add it again."
  }
}

run "alerts_and_dashboard_use_the_metrics" {
  command = plan

  variables {
    alert_error_percent = 2
    alert_latency_ms    = 750
  }

  assert {
    condition     = google_monitoring_alert_policy.failures.conditions[0].condition_threshold[0].threshold_value == 0.02 && google_monitoring_alert_policy.latency.conditions[0].condition_threshold[0].threshold_value == 750 && google_monitoring_alert_policy.latency.conditions[0].condition_threshold[0].aggregations[0].cross_series_reducer == "REDUCE_PERCENTILE_95"
    error_message = "An alert has another threshold than the one asked for."
  }

  assert {
    condition     = endswith(google_monitoring_alert_policy.latency.conditions[0].condition_threshold[0].filter, "request_latencies\" AND resource.labels.service_name != \"augure-some-app\"")
    error_message = "The open page of an app counts as a slow answer."
  }

  assert {
    condition     = [for policy in [google_monitoring_alert_policy.failures, google_monitoring_alert_policy.latency, google_monitoring_alert_policy.fallback] : one(policy.alert_strategy[*].auto_close)] == ["1800s", "1800s", "1800s"]
    error_message = "An incident stays open without new points: the next failure would not send a notification."
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.fallback.conditions[0].condition_threshold[0].filter, "user/${google_logging_metric.augure["refused_models"].name}\"")
    error_message = "The alert of the fallback model looks at another metric."
  }

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.augure.dashboard_json).gridLayout.widgets) == 10 && alltrue([for metric in google_logging_metric.augure : metric.name == "augure/refused_models" || strcontains(google_monitoring_dashboard.augure.dashboard_json, metric.name)])
    error_message = "A metric has no chart."
  }
}
