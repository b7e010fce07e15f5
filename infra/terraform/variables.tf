variable "alert_emails" {
  description = "E-mail addresses that are notified of an alert. Empty: alerts show in the console only."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_emails: expected: e-mail addresses."
  }
}

variable "alert_error_percent" {
  description = "Share of a service's responses that may be 5xx before an alert opens, in percent."
  type        = number
  default     = 5

  validation {
    condition     = var.alert_error_percent > 0 && var.alert_error_percent < 100
    error_message = "alert_error_percent: expected: between 0 and 100, both left out."
  }
}

variable "alert_latency_ms" {
  description = "95th percentile of a service's latency, in milliseconds, above which an alert opens."
  type        = number
  default     = 2000

  validation {
    condition     = var.alert_latency_ms >= 10
    error_message = "alert_latency_ms: expected: 10 at least."
  }
}

variable "bigquery_functions" {
  description = "Whether BigQuery gets a connection and one remote function per model. They call POST /bigquery of the endpoints."
  type        = bool
  default     = false
  nullable    = false
}

variable "billing_account" {
  description = "Billing account of a new project and of the budget: XXXXXX-XXXXXX-XXXXXX. Null: no budget."
  type        = string
  default     = null

  validation {
    condition     = var.billing_account == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account: expected: XXXXXX-XXXXXX-XXXXXX."
  }
}

variable "binary_authorization" {
  description = "Whether only images of this project's own registry may run. A project has one policy: leave it false if another configuration manages it."
  type        = bool
  default     = false
  nullable    = false
}

variable "code_host" {
  description = "Repository whose pipelines may run gcloud builds submit without a key: name (github or gitlab), repository (OWNER/NAME), branch. Null: none."
  type = object({
    name       = optional(string, "github")
    repository = string
    branch     = optional(string, "main")
  })
  default = null

  validation {
    condition     = var.code_host == null || contains(["github", "gitlab"], try(var.code_host.name, ""))
    error_message = "code_host.name: expected: github or gitlab."
  }
  validation {
    condition     = var.code_host == null || can(regex("^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$", var.code_host.repository))
    error_message = "code_host.repository: expected: OWNER/NAME."
  }
  validation {
    condition     = var.code_host == null || can(regex("^[A-Za-z0-9_./-]+$", var.code_host.branch))
    error_message = "code_host.branch: expected: the name of a branch."
  }
}

variable "create_project" {
  description = "Whether to create the project. False: it exists already."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.create_project || var.billing_account != null
    error_message = "create_project: billing_account is needed too."
  }
}

variable "deletion_protection" {
  description = "Whether services, buckets with objects and a created project are protected from terraform destroy. A created project is never deleted."
  type        = bool
  default     = true
  nullable    = false
}

variable "folder_id" {
  description = "Number of the folder of a new project. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.folder_id == null || can(regex("^[0-9]+$", var.folder_id))
    error_message = "folder_id: expected: a number."
  }
  validation {
    condition     = var.folder_id == null || var.org_id == null
    error_message = "folder_id: expected: null if org_id is given."
  }
}

variable "functions_folder" {
  description = "Folder with the functions, each with its function.yaml. Null: the repository's."
  type        = string
  default     = null

  validation {
    condition     = var.functions_folder == null || length(fileset(coalesce(var.functions_folder, "."), "*/function.yaml")) > 0
    error_message = "functions_folder: expected: a folder with NAME/function.yaml."
  }
}

variable "image_retention_days" {
  description = "Retention of saved images, in days."
  type        = number
  default     = 30

  validation {
    condition     = var.image_retention_days >= 1 && floor(var.image_retention_days) == var.image_retention_days
    error_message = "image_retention_days: expected: a whole number, 1 at least."
  }
}

variable "ingress" {
  description = "Networks that can reach the services: INGRESS_TRAFFIC_ALL, INGRESS_TRAFFIC_INTERNAL_ONLY or INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER. The last two refuse the smoke test of Cloud Build's default pool, so no build gets traffic: builds then need a private pool in the project's network (gcloud builds submit --worker-pool), and the last step of make deploy needs a machine there."
  type        = string
  default     = "INGRESS_TRAFFIC_ALL"

  validation {
    condition     = contains(["INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"], var.ingress)
    error_message = "ingress: expected: INGRESS_TRAFFIC_ALL, INGRESS_TRAFFIC_INTERNAL_ONLY or INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER."
  }
}

variable "invokers" {
  description = "Who may call a function that is not public, by function: members such as user:ada@example.org or group:staff@example.org."
  type        = map(set(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for member in flatten([for members in values(var.invokers) : tolist(members)]) : can(regex("^(user|group|domain|serviceAccount|principal|principalSet):.+$", member))])
    error_message = "invokers: expected: members such as user:ada@example.org. To permit everyone, set public: true in function.yaml."
  }
  validation {
    condition     = length(setsubtract(keys(var.invokers), keys(local.functions))) == 0
    error_message = "invokers: there is no function ${join(", ", setsubtract(keys(var.invokers), keys(local.functions)))}."
  }
}

variable "log_retention_days" {
  description = "Retention of log lines, in days; also for BigQuery, which reads the log bucket."
  type        = number
  default     = 30

  validation {
    condition     = var.log_retention_days >= 1 && var.log_retention_days <= 3650 && floor(var.log_retention_days) == var.log_retention_days
    error_message = "log_retention_days: expected: a whole number between 1 and 3650."
  }
}

variable "model_refresh_seconds" {
  description = "Seconds after which a request re-checks the bucket for a promoted model; 0: only at the start."
  type        = number
  default     = 60

  validation {
    condition     = var.model_refresh_seconds >= 0
    error_message = "model_refresh_seconds: expected: 0 or more."
  }
}

variable "monthly_budget" {
  description = "Monthly budget, in the billing account's currency. Only with billing_account."
  type        = number
  default     = 10

  validation {
    condition     = var.monthly_budget >= 1 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "monthly_budget: expected: a whole number, 1 at least."
  }
}

variable "org_id" {
  description = "Number of the organisation of a new project. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.org_id == null || can(regex("^[0-9]+$", var.org_id))
    error_message = "org_id: expected: a number."
  }
}

variable "project_id" {
  description = "Project of all resources."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id: expected: 6 to 30 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "region" {
  description = "Region of all resources."
  type        = string
  default     = "europe-west9"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region: expected: a region such as europe-west9."
  }
}

variable "trigger" {
  description = "Repository whose pushes Cloud Build deploys: repository (projects/P/locations/L/connections/C/repositories/R, connected once in the console), branch. Null: none."
  type = object({
    repository = string
    branch     = optional(string, "main")
  })
  default = null

  validation {
    condition     = var.trigger == null || can(regex("^projects/[^/]+/locations/[^/]+/connections/[^/]+/repositories/[^/]+$", var.trigger.repository))
    error_message = "trigger.repository: expected: projects/P/locations/L/connections/C/repositories/R."
  }
  validation {
    condition     = var.trigger == null || can(regex("^[A-Za-z0-9_./-]+$", var.trigger.branch))
    error_message = "trigger.branch: expected: the name of a branch."
  }
}
