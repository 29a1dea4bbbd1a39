function getByEmail(email, callback) {
  require('./actions')(configuration, { ValidationError }).getByEmail(email, callback);
}
