# Every grant of the project, by the type of resource. tests/grants.tftest.hcl has the complete list.
# Each adds one member and leaves the grants of other members as they are.

locals {
  project_grants = merge(
    { "builder writes build logs" = { role = "roles/logging.logWriter", member = local.builder_member, view = null } },
    {
      for name in keys(local.apps) : "${name} reads request lines" => {
        role   = "roles/logging.viewAccessor"
        member = local.function_members[name]
        view   = local.log_view
      }
    },
    var.code_host == null ? {} : {
      "code host starts builds" = { role = "roles/cloudbuild.builds.editor", member = local.code_host_member, view = null }
      "code host is counted"    = { role = "roles/serviceusage.serviceUsageConsumer", member = local.code_host_member, view = null }
    },
  )

  # A prefix ends with a slash, so that `predire/` does not match `predire_2/`. It permits reading objects by name, not
  # listing: the resource of a listing is the bucket, which no prefix matches.
  bucket_grants = merge(
    {
      for name in keys(local.models) : "${name} reads its model" => {
        bucket = google_storage_bucket.models.name
        role   = "roles/storage.objectViewer"
        member = local.function_members[name]
        prefix = "${name}/"
      }
    },
    {
      for name in keys(local.apps) : "${name} reads every model" => {
        bucket = google_storage_bucket.models.name
        role   = "roles/storage.objectViewer"
        member = local.function_members[name]
        prefix = null
      }
    },
    {
      for name, function in local.functions : "${name} writes its images" => {
        bucket = google_storage_bucket.images.name
        role   = "roles/storage.objectCreator"
        member = local.function_members[name]
        prefix = "${name}/"
      } if function.saves_images
    },
    {
      for name, uri in local.catalogues : "${name} reads its catalogue" => {
        bucket = uri[0]
        role   = "roles/storage.objectViewer"
        member = local.function_members[name]
        prefix = uri[1]
      }
    },
    {
      "builder reads sources" = {
        bucket = google_storage_bucket.builds.name
        role   = "roles/storage.objectViewer"
        member = local.builder_member
        prefix = null
      }
    },
    var.code_host == null ? {} : {
      "code host writes sources" = {
        bucket = google_storage_bucket.builds.name
        role   = "roles/storage.legacyBucketWriter"
        member = local.code_host_member
        prefix = null
      }
    },
  )

  account_grants = merge(
    {
      for name, email in local.function_emails : "builder deploys ${name}" => {
        account = email
        role    = "roles/iam.serviceAccountUser"
        member  = local.builder_member
      }
    },
    {
      # For the smoke test of a private service: Cloud Build's metadata server gives no identity tokens.
      "builder names itself" = {
        account = local.builder_email
        role    = "roles/iam.serviceAccountOpenIdTokenCreator"
        member  = local.builder_member
      }
    },
    var.code_host == null ? {} : {
      "code host builds as builder" = {
        account = local.builder_email
        role    = "roles/iam.serviceAccountUser"
        member  = local.code_host_member
      }
    },
  )

  service_grants = merge([
    for name, function in local.functions : merge(
      {
        "builder deploys ${name}" = { function = name, role = "roles/run.developer", member = local.builder_member }
        "builder calls ${name}"   = { function = name, role = "roles/run.invoker", member = local.builder_member }
      },
      function.public ? {
        "everyone calls ${name}" = { function = name, role = "roles/run.invoker", member = "allUsers" }
      } : {},
      {
        for member in lookup(var.invokers, name, []) :
        "${member} calls ${name}" => { function = name, role = "roles/run.invoker", member = member }
      },
      var.bigquery_functions && function.kind == "model" ? {
        "bigquery calls ${name}" = { function = name, role = "roles/run.invoker", member = local.bigquery_member }
      } : {},
    )
  ]...)
}

resource "google_project_iam_member" "project" {
  for_each = local.project_grants

  project = local.project
  role    = each.value.role
  member  = each.value.member

  dynamic "condition" {
    for_each = each.value.view == null ? [] : [each.value.view]

    content {
      title      = "one view of the log"
      expression = "resource.name == \"${condition.value}\""
    }
  }
}

resource "google_artifact_registry_repository_iam_member" "builder" {
  project    = local.project
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.writer"
  member     = local.builder_member
}

resource "google_storage_bucket_iam_member" "bucket" {
  for_each = local.bucket_grants

  bucket = each.value.bucket
  role   = each.value.role
  member = each.value.member

  dynamic "condition" {
    for_each = each.value.prefix == null ? [] : [each.value.prefix]

    content {
      title      = "below ${condition.value}"
      expression = "resource.name.startsWith(\"projects/_/buckets/${each.value.bucket}/objects/${condition.value}\")"
    }
  }
}

resource "google_service_account_iam_member" "account" {
  for_each = local.account_grants

  service_account_id = "projects/${local.project}/serviceAccounts/${each.value.account}"
  role               = each.value.role
  member             = each.value.member
}

resource "google_cloud_run_v2_service_iam_member" "service" {
  for_each = local.service_grants

  project  = local.project
  location = var.region
  name     = google_cloud_run_v2_service.function[each.value.function].name
  role     = each.value.role
  member   = each.value.member
}
