# What functions/*/function.yaml ask for. A key that is left out, or has no value, has the value that stands here.
locals {
  functions_folder = coalesce(var.functions_folder, "${path.module}/../../functions")

  function_defaults = {
    kind            = "model"
    public          = false
    cpu             = 1
    memory          = "512Mi"
    concurrency     = 8
    min_instances   = 0
    max_instances   = 5
    timeout_seconds = 30
    saves_images    = false
    env             = {}
  }

  asked = {
    for file in fileset(local.functions_folder, "*/function.yaml") :
    dirname(file) => yamldecode(file("${local.functions_folder}/${file}"))
  }
  functions = {
    for name, given in local.asked :
    name => merge(local.function_defaults, { for key, value in given : key => value if value != null })
  }
  models = { for name, function in local.functions : name => function if function.kind == "model" }
  apps   = { for name, function in local.functions : name => function if function.kind == "app" }

  # Bucket and object of each catalogue that is in a bucket, which may be another project's: somebody else's to make.
  catalogues = {
    for name, function in local.functions : name => regex("^gs://([^/]+)/(.+)$", function.env.BOOKS_URI)
    if startswith(try(function.env.BOOKS_URI, ""), "gs://")
  }

  services = { for name in keys(local.functions) : name => "augure-${replace(name, "_", "-")}" }

  # The addresses that Cloud Run gives by rule: known before there is a service, so that each may name all.
  urls = { for name, service in local.services : name => "https://${service}-${local.project_number}.${var.region}.run.app" }

  # Settings that come from what is deployed here. The rest stands in function.yaml.
  deployed_env = {
    for name, function in local.functions : name => merge(
      { GOOGLE_CLOUD_PROJECT = var.project_id },
      function.kind == "app" ? {} : {
        SERVICE_URLS = join(" ", [for other, url in local.urls : "${other}=${url}"])
      },
      function.kind != "app" ? {} : {
        JOURNAL       = "cloud"
        LOGGING_VIEW  = local.log_view
        MODELS_BUCKET = "gs://${google_storage_bucket.models.name}"
      },
      function.kind != "model" ? {} : {
        MODEL_URI             = "gs://${google_storage_bucket.models.name}/${name}"
        MODEL_REFRESH_SECONDS = var.model_refresh_seconds
      },
      function.saves_images ? { SAVED_IMAGES_URI = "gs://${google_storage_bucket.images.name}/${name}" } : {},
    )
  }
  env = {
    for name, function in local.functions :
    name => { for key, value in merge(function.env, local.deployed_env[name]) : key => tostring(value) }
  }
}
