# There was one number, without a key. It is kept where its key is this one.
moved {
  from = aws_connect_phone_number.this[0]
  to   = aws_connect_phone_number.this["service-desk"]
}
