# Connect makes one Kinesis video stream a call and asks that nobody else alter or delete them:
# so there is a setting here, and no stream.
resource "aws_connect_instance_storage_config" "media_streams" {
  count = var.media_streaming.enabled ? 1 : 0

  instance_id   = var.instance_id
  resource_type = "MEDIA_STREAMS"

  storage_config {
    storage_type = "KINESIS_VIDEO_STREAM"

    kinesis_video_stream_config {
      prefix                 = var.media_streaming.prefix
      retention_period_hours = var.media_streaming.retention_hours

      encryption_config {
        encryption_type = "KMS"
        key_id          = var.kms_key_arn
      }
    }
  }
}
