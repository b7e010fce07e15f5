# Settings from functions/*/function.yaml. A key that is missing or null has the default below.
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

  function_files = {
    for file in fileset(local.functions_folder, "*/function.yaml") :
    dirname(file) => yamldecode(file("${local.functions_folder}/${file}"))
  }
  functions = {
    for name, file in local.function_files :
    name => merge(local.function_defaults, { for key, value in file : key => value if value != null })
  }
  models = { for name, function in local.functions : name => function if function.kind == "model" }
  apps   = { for name, function in local.functions : name => function if function.kind == "app" }

  # Bucket and object of each catalogue in a bucket. The bucket may belong to another project; it is not created here.
  catalogues = {
    for name, function in local.functions : name => regex("^gs://([^/]+)/(.+)$", function.env.BOOKS_URI)
    if startswith(try(function.env.BOOKS_URI, ""), "gs://")
  }

  # A service account has at most 30 characters: a longer name is cut and numbered (tools/package.py, service_name).
  services = {
    for name in keys(local.functions) : name => length(name) <= 23 ? "augure-${replace(name, "_", "-")}" : format(
      "augure-%s-%s", substr(replace(name, "_", "-"), 0, 16), substr(sha256(name), 0, 6)
    )
  }

  # Cloud Run's deterministic addresses: known before the services exist, so that each service can link to all.
  urls = { for name, service in local.services : name => "https://${service}-${local.project_number}.${var.region}.run.app" }

  # Settings that depend on the deployment. All others are in function.yaml.
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
