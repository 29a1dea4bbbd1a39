"""Shops."""
from library import PASSWORD as P

NEW = {'email': 'new.person@example.com', 'given_name': 'Nea', 'family_name': "O'Wick"}

APPLICATIONS = {
    'prestashop': {
        'engine': 'mariadb', 'taken': 'Ada@Example.com',
        'people': [(['ada@example.com', 'Ada@example.com'], P, 'OK', {'name': 'Ada Lovelace', 'app_metadata.has_ordered': True}),
                   (['bob@example.com'], P, 'BLOCKED', {}), (['cyd@example.com', 'dee@example.com'], P, None, {})],
        'new': NEW, 'shows': {'app_metadata.has_ordered': False, 'blocked': False}, 'created': {'ps_customer': 1, 'ps_customer_group': 1},
        'written': [("SELECT id_shop, id_default_group, LENGTH(secure_key), active, is_guest, LEFT(passwd, 7) FROM ps_customer WHERE id_customer = {id}",
                     [['1', '3', '32', '1', '0', '$2y$10$']]),
                    ("SELECT id_group FROM ps_customer_group WHERE id_customer = {id}", [['3']])],
        'midlife': ["INSERT INTO ps_customer_session (id_customer, token) VALUES ({id}, 'x'); INSERT INTO ps_address (id_customer) VALUES ({id})"],
        'left': {'ps_customer': 1, 'ps_customer_group': 1, 'ps_address': 1},
        'afterlife': [("SELECT deleted, active FROM ps_customer WHERE id_customer = {id}", [['1', '0']]),
                      ("SELECT id_customer, deleted FROM ps_address ORDER BY id_address", None),
                      ("SELECT COUNT(*) FROM ps_address WHERE deleted = 1", [['1']])],
    },
    'opencart': {
        'engine': 'mariadb', 'taken': 'ada@EXAMPLE.com',
        'people': [(['ada@example.com'], P, 'OK', {'phone_number': '+49 30 1234567', 'last_ip': '192.0.2.1'}),
                   (['bob@example.com'], P, 'BLOCKED', {}), (['cyd@example.com'], P, 'OK', {})],
        'new': NEW, 'created': {'oc_customer': 1},
        'written': [("SELECT customer_group_id, status, LENGTH(salt), LENGTH(password), telephone FROM oc_customer WHERE customer_id = {id}",
                     [['1', '1', '9', '40', '']])],
        'midlife': ["INSERT INTO oc_address (customer_id) VALUES ({id}); INSERT INTO oc_customer_ip (customer_id) VALUES ({id}); "
                    "INSERT INTO oc_customer_login (email, ip) VALUES ('moved@example.com', '')"],
    },
    # Customers are made in the shop: an existing one's password and address are changed.
    'shopware': {
        'engine': 'mariadb', 'operations': ['login', 'getUser', 'changePassword', 'changeEmail'], 'taken': 'bob@example.com',
        'people': [(['ada@example.com'], P, 'OK', {'user_id': 'shopware|0189ab00-0000-7000-8000-000000000001', 'app_metadata.custom_fields': {'size': 'XL'},
                                                   'created_at': '2020-02-03T04:05:06.789Z'}),
                   (['bob@example.com'], P, 'BLOCKED', {}), (['cyd@example.com'], P, 'DENIED', {}), (['dee@example.com'], P, None, {})],
        'existing': {'user_id': 'shopware|0189ab00-0000-7000-8000-000000000001', 'email': 'Ada@example.com'},
        'moved': [("SELECT email, LEFT(password, 7), HEX(id) FROM customer WHERE customer_number = '10000'",
                   [['moved@example.com', '$2y$10$', '0189AB00000070008000000000000001']])],
    },
}
