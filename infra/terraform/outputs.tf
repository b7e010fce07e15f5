output "accounts" {
  description = "Service account of each function."
  value       = local.function_emails
}

output "bigquery_functions" {
  description = "Remote functions in BigQuery, by function."
  value       = { for name, routine in google_bigquery_routine.model : name => "${routine.dataset_id}.${routine.routine_id}" }
}

output "buckets" {
  description = "Buckets of models, saved images and uploaded sources."
  value = {
    builds = google_storage_bucket.builds.name
    images = google_storage_bucket.images.name
    models = google_storage_bucket.models.name
  }
}

output "builder" {
  description = "Service account of Cloud Build: gcloud builds submit --service-account."
  value       = "projects/${local.project}/serviceAccounts/${local.builder_email}"
}

output "code_host_provider" {
  description = "Workload identity provider for the code host's pipeline; null without code_host."
  value       = one(google_iam_workload_identity_pool_provider.code_host[*].name)
}

output "images" {
  description = "Image of each function, without digest."
  value       = { for name in keys(local.functions) : name => "${local.registry}/${name}" }
}

output "services" {
  description = "Cloud Run service of each function."
  value       = local.services
}

output "urls" {
  description = "URL of each function's service."
  value       = { for name, service in google_cloud_run_v2_service.function : name => service.uri }
}
