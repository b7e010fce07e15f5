locals {
  # Title, unit, filter of the metric, aggregation over a minute, and labels that separate the lines.
  charts = [
    { title = "Requests a second", unit = "1/s", filter = local.requests, align = "ALIGN_RATE", reduce = "REDUCE_SUM", by = ["resource.label.service_name", "metric.label.response_code_class"] },
    { title = "Latency, p95", unit = "ms", filter = local.latencies, align = "ALIGN_DELTA", reduce = "REDUCE_PERCENTILE_95", by = local.by_service },
    { title = "Latency, p50", unit = "ms", filter = local.latencies, align = "ALIGN_DELTA", reduce = "REDUCE_PERCENTILE_50", by = local.by_service },
    { title = "Start of an instance, p95", unit = "ms", filter = "${local.our_service} AND metric.type = \"run.googleapis.com/container/startup_latencies\"", align = "ALIGN_DELTA", reduce = "REDUCE_PERCENTILE_95", by = local.by_service },
    { title = "Instances", unit = "1", filter = "${local.our_service} AND metric.type = \"run.googleapis.com/container/instance_count\"", align = "ALIGN_MAX", reduce = "REDUCE_SUM", by = ["resource.label.service_name", "metric.label.state"] },
    { title = "Memory used, p95", unit = "10^2.%", filter = "${local.our_service} AND metric.type = \"run.googleapis.com/container/memory/utilizations\"", align = "ALIGN_DELTA", reduce = "REDUCE_PERCENTILE_95", by = local.by_service },
    { title = "CPU time that is billed", unit = "s/s", filter = "${local.our_service} AND metric.type = \"run.googleapis.com/container/billable_instance_time\"", align = "ALIGN_RATE", reduce = "REDUCE_SUM", by = local.by_service },
    { title = "Predictions a second, by model version", unit = "1/s", filter = "${local.our_service} AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.augure["predictions"].name}\"", align = "ALIGN_RATE", reduce = "REDUCE_SUM", by = ["resource.label.service_name", "metric.label.model_version"] },
    { title = "Models refused", unit = "1", filter = local.refused, align = "ALIGN_DELTA", reduce = "REDUCE_SUM", by = local.by_service },
    { title = "Pictures lost", unit = "1", filter = "${local.our_service} AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.augure["lost_pictures"].name}\"", align = "ALIGN_DELTA", reduce = "REDUCE_SUM", by = local.by_service },
  ]
}

resource "google_monitoring_dashboard" "augure" {
  project = local.project

  dashboard_json = jsonencode({
    displayName = "Augure"
    gridLayout = {
      columns = "2"
      widgets = [
        for chart in local.charts : {
          title = chart.title
          xyChart = {
            dataSets = [{
              plotType = "LINE"
              timeSeriesQuery = {
                unitOverride = chart.unit
                timeSeriesFilter = {
                  filter = chart.filter
                  aggregation = {
                    alignmentPeriod    = "60s"
                    perSeriesAligner   = chart.align
                    crossSeriesReducer = chart.reduce
                    groupByFields      = chart.by
                  }
                }
              }
            }]
          }
        }
      ]
    }
  })
}
