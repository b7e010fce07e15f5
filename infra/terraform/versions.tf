terraform {
  required_version = ">= 1.9, < 2.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.9"
    }
  }

  # The bucket comes from `terraform init -backend-config=bucket=PROJECT-augure-tfstate`.
  backend "gcs" {
    prefix = "augure"
  }
}

provider "google" {
  project = var.project_id
  region  = var.region

  default_labels = {
    app = "augure"
  }
}

# The budgets API refuses a user's credentials unless they name the project that the call is billed to.
provider "google" {
  alias                 = "billing"
  project               = var.project_id
  region                = var.region
  billing_project       = var.project_id
  user_project_override = true
}
