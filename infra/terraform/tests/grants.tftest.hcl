# The complete list of grants: an added, wider or redirected one fails here. tests/infra/test_terraform.py checks that no
# other file has grants.

mock_provider "google" {
  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/1/locations/global/workloadIdentityPools/augure" }
  }
}

mock_provider "google" {
  alias = "billing"
}

variables {
  project_id       = "augure-test"
  functions_folder = "./tests/functions"
}

run "default_grants" {
  assert {
    condition = {
      for what, grant in google_project_iam_member.project :
      what => "${grant.role} ${grant.member} ${join("", grant.condition[*].expression)}"
      } == {
      "builder writes build logs"    = "roles/logging.logWriter serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com "
      "some_app reads request lines" = "roles/logging.viewAccessor serviceAccount:augure-some-app@augure-test.iam.gserviceaccount.com resource.name == \"projects/augure-test/locations/europe-west9/buckets/augure/views/_AllLogs\""
    }
    error_message = "Grants on the project are not those of this list."
  }

  assert {
    condition = {
      for what, grant in google_storage_bucket_iam_member.bucket :
      what => "${grant.bucket} ${grant.role} ${grant.member} ${join("", grant.condition[*].expression)}"
      } == {
      "builder reads sources"           = "augure-test-augure-builds roles/storage.objectViewer serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com "
      "guarded_model reads its model"   = "augure-test-augure-models roles/storage.objectViewer serviceAccount:augure-guarded-model@augure-test.iam.gserviceaccount.com resource.name.startsWith(\"projects/_/buckets/augure-test-augure-models/objects/guarded_model/\")"
      "guarded_model writes its images" = "augure-test-augure-images roles/storage.objectCreator serviceAccount:augure-guarded-model@augure-test.iam.gserviceaccount.com resource.name.startsWith(\"projects/_/buckets/augure-test-augure-images/objects/guarded_model/\")"
      "open_api reads its catalogue"    = "town-library roles/storage.objectViewer serviceAccount:augure-open-api@augure-test.iam.gserviceaccount.com resource.name.startsWith(\"projects/_/buckets/town-library/objects/2026/books.json\")"
      "some_app reads every model"      = "augure-test-augure-models roles/storage.objectViewer serviceAccount:augure-some-app@augure-test.iam.gserviceaccount.com "
    }
    error_message = "Grants on buckets are not those of this list."
  }

  assert {
    condition = {
      for what, grant in google_service_account_iam_member.account :
      what => "${grant.service_account_id} ${grant.role} ${grant.member}"
      } == {
      "builder deploys guarded_model" = "projects/augure-test/serviceAccounts/augure-guarded-model@augure-test.iam.gserviceaccount.com roles/iam.serviceAccountUser serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"
      "builder deploys open_api"      = "projects/augure-test/serviceAccounts/augure-open-api@augure-test.iam.gserviceaccount.com roles/iam.serviceAccountUser serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"
      "builder deploys some_app"      = "projects/augure-test/serviceAccounts/augure-some-app@augure-test.iam.gserviceaccount.com roles/iam.serviceAccountUser serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"
      "builder names itself"          = "projects/augure-test/serviceAccounts/augure-builder@augure-test.iam.gserviceaccount.com roles/iam.serviceAccountOpenIdTokenCreator serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"
    }
    error_message = "Grants on accounts are not those of this list."
  }

  assert {
    condition = {
      for what, grant in google_cloud_run_v2_service_iam_member.service : what => "${grant.name} ${grant.role} ${grant.member}"
      } == {
      "builder calls guarded_model"   = "augure-guarded-model roles/run.invoker serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"
      "builder calls some_app"        = "augure-some-app roles/run.invoker serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"
      "builder calls open_api"        = "augure-open-api roles/run.invoker serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"
      "builder deploys guarded_model" = "augure-guarded-model roles/run.developer serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"
      "builder deploys open_api"      = "augure-open-api roles/run.developer serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"
      "builder deploys some_app"      = "augure-some-app roles/run.developer serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"
      "everyone calls open_api"       = "augure-open-api roles/run.invoker allUsers"
    }
    error_message = "Grants on services are not those of this list: only what asks for it in function.yaml is public."
  }

  assert {
    condition = [
      for grant in [google_artifact_registry_repository_iam_member.builder] : "${grant.repository} ${grant.role} ${grant.member}"
    ] == ["augure roles/artifactregistry.writer serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"]
    error_message = "The grant on the registry is not the builder's."
  }
}

run "grants_of_the_options" {
  variables {
    bigquery_functions = true
    code_host          = { repository = "ada/augure" }
    invokers           = { guarded_model = ["group:staff@example.org"] }
  }

  override_resource {
    target = google_bigquery_connection.functions
    values = { cloud_resource = { service_account_id = "connection@gcp-sa-bigquery-condel.iam.gserviceaccount.com" } }
  }

  assert {
    condition = {
      for what, grant in google_cloud_run_v2_service_iam_member.service : what => "${grant.name} ${grant.role} ${grant.member}"
      if !startswith(what, "builder")
      } == {
      "bigquery calls guarded_model"                = "augure-guarded-model roles/run.invoker serviceAccount:connection@gcp-sa-bigquery-condel.iam.gserviceaccount.com"
      "everyone calls open_api"                     = "augure-open-api roles/run.invoker allUsers"
      "group:staff@example.org calls guarded_model" = "augure-guarded-model roles/run.invoker group:staff@example.org"
    }
    error_message = "Callers are not those of this list."
  }

  assert {
    condition = {
      for what, grant in merge(
        { for what, grant in google_project_iam_member.project : what => { on = grant.project, role = grant.role, member = grant.member } },
        { for what, grant in google_storage_bucket_iam_member.bucket : what => { on = grant.bucket, role = grant.role, member = grant.member } },
        { for what, grant in google_service_account_iam_member.account : what => { on = grant.service_account_id, role = grant.role, member = grant.member } },
      ) : what => "${grant.on} ${grant.role}"
      if grant.member == "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/augure/attribute.repository/ada/augure"
      } == {
      "code host builds as builder" = "projects/augure-test/serviceAccounts/augure-builder@augure-test.iam.gserviceaccount.com roles/iam.serviceAccountUser"
      "code host is counted"        = "augure-test roles/serviceusage.serviceUsageConsumer"
      "code host starts builds"     = "augure-test roles/cloudbuild.builds.editor"
      "code host writes sources"    = "augure-test-augure-builds roles/storage.legacyBucketWriter"
    }
    error_message = "Grants of the code host are not those of this list."
  }

  assert {
    condition     = length(google_project_iam_member.project) == 4 && length(google_storage_bucket_iam_member.bucket) == 6 && length(google_service_account_iam_member.account) == 5
    error_message = "An option grants something to somebody else."
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.code_host[0].attribute_condition == "attribute.repository == \"ada/augure\" && attribute.ref == \"refs/heads/main\""
    error_message = "Tokens of other repositories or branches are let in."
  }
}

run "gitlab_names_a_branch_as_it_is" {
  command = plan

  variables {
    code_host = { name = "gitlab", repository = "ada/group/augure", branch = "prod" }
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.code_host[0].attribute_condition == "attribute.repository == \"ada/group/augure\" && attribute.ref == \"prod\" && assertion.ref_type == \"branch\"" && google_iam_workload_identity_pool_provider.code_host[0].attribute_mapping["attribute.repository"] == "assertion.project_path" && google_iam_workload_identity_pool_provider.code_host[0].oidc[0].issuer_uri == "https://gitlab.com"
    error_message = "GitLab's tokens have project_path, and a branch without refs/heads/, as a tag is named too."
  }
}

run "only_the_catalogue_of_this_repository_is_public" {
  command = plan

  variables {
    functions_folder = null
  }

  assert {
    condition = [
      for grant in google_cloud_run_v2_service_iam_member.service : "${grant.name} ${grant.role} ${grant.member}"
      if grant.member != "serviceAccount:augure-builder@augure-test.iam.gserviceaccount.com"
    ] == ["augure-books roles/run.invoker allUsers"]
    error_message = "Somebody besides the builder may call a function other than the catalogue, which is for everybody."
  }
}
