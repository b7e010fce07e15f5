# docs/operations.md tells the person on call how to respond to each alert.
locals {
  our_service = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = starts_with(\"augure-\")"
  by_service  = ["resource.label.service_name"]
  requests    = "${local.our_service} AND metric.type = \"run.googleapis.com/request_count\""
  failures    = "${local.requests} AND metric.labels.response_code_class = \"5xx\""
  latencies   = "${local.our_service} AND metric.type = \"run.googleapis.com/request_latencies\"${local.not_apps}"
  # The latency of an app is meaningless: its connection lasts as long as its page is open.
  not_apps      = join("", [for name in keys(local.apps) : " AND resource.labels.service_name != \"${local.services[name]}\""])
  refused       = "${local.our_service} AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.augure["refused_models"].name}\""
  channels      = [for channel in google_monitoring_notification_channel.email : channel.name]
  on_call_guide = "docs/operations.md, \"On call\""
  # The shortest allowed. These metrics have no points while nothing happens, so an incident would stay open for a week,
  # and another failure in that week would not notify anybody.
  auto_close = "1800s"
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.alert_emails)

  project      = local.project
  display_name = "Augure: ${each.key}"
  type         = "email"

  labels = {
    email_address = each.key
  }
}

resource "google_monitoring_alert_policy" "failures" {
  project               = local.project
  display_name          = "Augure: answers 5xx"
  combiner              = "AND_WITH_MATCHING_RESOURCE"
  severity              = "CRITICAL"
  notification_channels = local.channels

  conditions {
    display_name = "more than ${var.alert_error_percent} % of a service's answers in 5 minutes"

    condition_threshold {
      filter             = local.failures
      denominator_filter = local.requests
      comparison         = "COMPARISON_GT"
      threshold_value    = var.alert_error_percent / 100
      duration           = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = local.by_service
      }

      denominator_aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = local.by_service
      }
    }
  }

  # One failure in three requests is not an outage.
  conditions {
    display_name = "and more than 4 of them"

    condition_threshold {
      filter          = local.failures
      comparison      = "COMPARISON_GT"
      threshold_value = 4
      duration        = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = local.by_service
      }
    }
  }

  alert_strategy {
    auto_close = local.auto_close
  }

  documentation {
    content = "A function answers with server errors. See ${local.on_call_guide}: answers 5xx."
  }
}

resource "google_monitoring_alert_policy" "latency" {
  project               = local.project
  display_name          = "Augure: slow answers"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  conditions {
    display_name = "p95 of a service above ${var.alert_latency_ms} ms for 10 minutes"

    condition_threshold {
      filter          = local.latencies
      comparison      = "COMPARISON_GT"
      threshold_value = var.alert_latency_ms
      duration        = "600s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_PERCENTILE_95"
        group_by_fields      = local.by_service
      }
    }
  }

  alert_strategy {
    auto_close = local.auto_close
  }

  documentation {
    content = "One answer in twenty takes too long. See ${local.on_call_guide}: slow answers."
  }
}

resource "google_monitoring_alert_policy" "fallback" {
  project               = local.project
  display_name          = "Augure: fallback model serving"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels

  conditions {
    display_name = "an instance refused the model that MODEL_URI names"

    condition_threshold {
      filter          = local.refused
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = local.by_service
      }
    }
  }

  alert_strategy {
    auto_close = local.auto_close
  }

  documentation {
    content = "Predictions do not come from the promoted model. See ${local.on_call_guide}: fallback model serving."
  }
}

resource "google_billing_budget" "month" {
  count    = var.billing_account == null ? 0 : 1
  provider = google.billing

  billing_account = var.billing_account
  display_name    = "Augure in ${local.project}"

  budget_filter {
    projects = ["projects/${local.project_number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.monthly_budget)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1]

    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  # No rule without channels: the API drops an empty one, and every plan would add it again.
  dynamic "all_updates_rule" {
    for_each = length(local.channels) > 0 ? [slice(local.channels, 0, min(length(local.channels), 5))] : []

    content {
      monitoring_notification_channels = all_updates_rule.value
    }
  }
}
