# Cloud Logging stores a line with only a message as text, any other as JSON: the filters match both.
locals {
  refused_model = "^model [a-z0-9_]+ from .+ refused: "
  lost_picture  = "(not kept|has not kept)"
  metric_filters = {
    predictions    = local.request_lines
    refused_models = "${local.our_logs} AND severity=WARNING AND (textPayload=~\"${local.refused_model}\" OR jsonPayload.message=~\"${local.refused_model}\")"
    lost_pictures  = "${local.our_logs} AND severity=ERROR AND (textPayload=~\"${local.lost_picture}\" OR jsonPayload.message=~\"${local.lost_picture}\")"
  }
  metric_descriptions = {
    predictions    = "Prediction requests, by model version and HTTP status"
    refused_models = "Times that an instance refused the model that MODEL_URI names"
    lost_pictures  = "Pictures that could not be kept"
  }
  metric_labels = {
    predictions    = { model_version = "EXTRACT(jsonPayload.model.version)", status = "EXTRACT(jsonPayload.status)" }
    refused_models = {}
    lost_pictures  = {}
  }
}

resource "google_logging_metric" "augure" {
  for_each = local.metric_filters

  project          = local.project
  name             = "augure/${each.key}"
  description      = local.metric_descriptions[each.key]
  filter           = each.value
  label_extractors = local.metric_labels[each.key]

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    dynamic "labels" {
      for_each = local.metric_labels[each.key]

      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }
}
