function verify(email, callback) {
  require('./actions')(configuration, { ValidationError }).verify(email, callback);
}
