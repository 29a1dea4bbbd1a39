function create(user, callback) {
  require('./actions')(configuration, { ValidationError }).create(user, callback);
}
