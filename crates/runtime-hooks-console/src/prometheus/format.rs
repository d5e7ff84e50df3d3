//! Which of Prometheus' formats a scraper gets.

/// The formats that a scraper may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Prometheus' text, version 0.0.4: every scraper reads it.
    Text,
    OpenMetrics,
    /// Prometheus' protobuf, with native histograms.
    #[cfg(feature = "native-histograms")]
    Protobuf,
}

impl Format {
    /// The best format that an `Accept` header has.
    pub(crate) fn wanted(accepted: &str) -> Self {
        let mut kinds = accepted.split(',').map(str::trim);
        #[cfg(feature = "native-histograms")]
        if kinds.clone().any(|kind| {
            kind.starts_with("application/vnd.google.protobuf") && kind.contains("delimited")
        }) {
            return Self::Protobuf;
        }
        let is_open = kinds.any(|kind| kind.starts_with("application/openmetrics-text"));
        if is_open { Self::OpenMetrics } else { Self::Text }
    }

    pub(super) const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::OpenMetrics)
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            #[cfg(feature = "native-histograms")]
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        }
    }
}
