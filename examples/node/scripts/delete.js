function remove(id, callback) {
  require('./actions')(configuration, { ValidationError }).remove(id, callback);
}
