resource "aws_kms_key" "this" {
  description             = "${var.prefix}: what Amazon Connect, the Lambdas and their logs keep"
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_window_days
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.prefix}"
  target_key_id = aws_kms_key.this.key_id
}
