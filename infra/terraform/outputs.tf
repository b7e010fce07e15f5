output "accounts" {
  description = "The account that each function runs as."
  value       = local.function_emails
}

output "bigquery_functions" {
  description = "The remote functions of BigQuery, by function."
  value       = { for name, routine in google_bigquery_routine.model : name => "${routine.dataset_id}.${routine.routine_id}" }
}

output "buckets" {
  description = "The buckets of models, saved images and uploaded sources."
  value = {
    builds = google_storage_bucket.builds.name
    images = google_storage_bucket.images.name
    models = google_storage_bucket.models.name
  }
}

output "builder" {
  description = "The account that Cloud Build runs as: gcloud builds submit --service-account."
  value       = "projects/${local.project}/serviceAccounts/${local.builder_email}"
}

output "code_host_provider" {
  description = "The workload identity provider that the code host's pipeline names; null where there is none."
  value       = one(google_iam_workload_identity_pool_provider.code_host[*].name)
}

output "images" {
  description = "The image of each function, without its digest."
  value       = { for name in keys(local.functions) : name => "${local.registry}/${name}" }
}

output "services" {
  description = "The Cloud Run service of each function."
  value       = local.services
}

output "urls" {
  description = "The address of each function."
  value       = { for name, service in google_cloud_run_v2_service.function : name => service.uri }
}
