# A vendor's module is there or not, since there is more than one vendor.
moved {
  from = module.servicenow_voice
  to   = module.servicenow_voice[0]
}
