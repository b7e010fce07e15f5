variable "alert_emails" {
  description = "Who is written to when an alert opens: e-mail addresses. Empty: alerts are only seen in the console."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_emails: expected: e-mail addresses."
  }
}

variable "alert_error_percent" {
  description = "Share of a service's answers that may be 5xx before an alert opens, in percent."
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
  description = "Whether BigQuery gets a connection and a remote function a model. They call POST /bigquery of the endpoints."
  type        = bool
  default     = false
  nullable    = false
}

variable "billing_account" {
  description = "Billing account that a new project is charged to and that a budget watches: XXXXXX-XXXXXX-XXXXXX. Null: no budget."
  type        = string
  default     = null

  validation {
    condition     = var.billing_account == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account: expected: XXXXXX-XXXXXX-XXXXXX."
  }
}

variable "binary_authorization" {
  description = "Whether only images of this project's own registry may run. One policy a project: not where another owns it."
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
  description = "Whether the project is created here. False: it is there already."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.create_project || var.billing_account != null
    error_message = "create_project: billing_account is needed too."
  }
}

variable "deletion_protection" {
  description = "Whether services, buckets with objects and a created project are safe from terraform destroy. A created project is never deleted."
  type        = bool
  default     = true
  nullable    = false
}

variable "folder_id" {
  description = "Folder that a new project is created in, a number. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.folder_id == null || can(regex("^[0-9]+$", var.folder_id))
    error_message = "folder_id: expected: a number."
  }
  validation {
    condition     = var.folder_id == null || var.org_id == null
    error_message = "folder_id: expected: null where org_id is given."
  }
}

variable "functions_folder" {
  description = "Folder of the functions, each with its function.yaml. Null: the repository's own."
  type        = string
  default     = null

  validation {
    condition     = var.functions_folder == null || length(fileset(coalesce(var.functions_folder, "."), "*/function.yaml")) > 0
    error_message = "functions_folder: expected: a folder with NAME/function.yaml."
  }
}

variable "image_retention_days" {
  description = "Days for which a saved image is kept."
  type        = number
  default     = 30

  validation {
    condition     = var.image_retention_days >= 1 && floor(var.image_retention_days) == var.image_retention_days
    error_message = "image_retention_days: expected: a whole number, 1 at least."
  }
}

variable "ingress" {
  description = "From where the services can be reached: INGRESS_TRAFFIC_ALL, INGRESS_TRAFFIC_INTERNAL_ONLY or INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER. With the last two the smoke test of Cloud Build's default pool is refused and no build gets traffic: builds then need a private pool in the project's network (gcloud builds submit --worker-pool), and make deploy's last step a machine there."
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
    error_message = "invokers: expected: members such as user:ada@example.org. Everyone is asked for by public: true in function.yaml."
  }
  validation {
    condition     = length(setsubtract(keys(var.invokers), keys(local.functions))) == 0
    error_message = "invokers: there is no function ${join(", ", setsubtract(keys(var.invokers), keys(local.functions)))}."
  }
}

variable "log_retention_days" {
  description = "Days for which log lines are kept, also for BigQuery, which reads them where they are."
  type        = number
  default     = 30

  validation {
    condition     = var.log_retention_days >= 1 && var.log_retention_days <= 3650 && floor(var.log_retention_days) == var.log_retention_days
    error_message = "log_retention_days: expected: a whole number between 1 and 3650."
  }
}

variable "model_refresh_seconds" {
  description = "Age, in seconds, at which a function looks whether another model was promoted; 0: when it starts only."
  type        = number
  default     = 60

  validation {
    condition     = var.model_refresh_seconds >= 0
    error_message = "model_refresh_seconds: expected: 0 or more."
  }
}

variable "monthly_budget" {
  description = "Monthly cost that the budget warns of, in the billing account's currency. Only with billing_account."
  type        = number
  default     = 10

  validation {
    condition     = var.monthly_budget >= 1 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "monthly_budget: expected: a whole number, 1 at least."
  }
}

variable "org_id" {
  description = "Organisation that a new project is created in, a number. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.org_id == null || can(regex("^[0-9]+$", var.org_id))
    error_message = "org_id: expected: a number."
  }
}

variable "project_id" {
  description = "Project that everything is in."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id: expected: 6 to 30 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "region" {
  description = "Region that everything is in."
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
